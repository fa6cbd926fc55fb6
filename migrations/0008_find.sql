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
