-- Salons are found near a point: a field of the map first, which the index finds, then what of it
-- is near enough. The same formula and the same Earth as in the kernel.
create index salons_by_place on salons (latitude, longitude);
create function metres_between(
    north double precision, east double precision,
    other_north double precision, other_east double precision)
returns integer language sql immutable strict parallel safe as $$
    select round(2 * 6371008.8 * asin(least(1, sqrt(
        power(sin(radians(other_north - north) / 2), 2)
        + cos(radians(north)) * cos(radians(other_north))
          * power(sin(radians(other_east - east) / 2), 2)))))::integer
$$;

-- Where a service is done and for whom it is, who does it, and what customers think of the salon.
alter table services
    add column mode text not null default 'salon' check (mode in ('salon', 'home', 'spa')),
    add column for_gender text not null default 'any'
        check (for_gender in ('any', 'women', 'men'));
alter table staff add column gender text check (gender in ('female', 'male'));
alter table salons
    add column rating numeric(2, 1) check (rating between 1 and 5),
    add column reviews integer not null default 0 check (reviews >= 0),
    add check ((rating is null) = (reviews = 0));
