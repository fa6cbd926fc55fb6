-- What searches read instead of claims: when each diary is busy, a row a UTC day, a bit for every
-- five minutes of it. In it are claims that nothing but a commit ends, and that begin and end where
-- five minutes of UTC do; all others are read beside it, by an index of their own. In UTC a day has
-- 288 of them always, whatever the salon's clock does.
create table busy (
    diary uuid not null,
    day   date not null,
    bits  bit(288) not null,
    primary key (diary, day) include (bits)
);

-- Whether a claim fills its five minutes to the edge.
create function on_grid(starts_at timestamptz, ends_at timestamptz) returns boolean
language sql immutable parallel safe as $$
    select date_bin('5 minutes', starts_at, '2000-01-01 00:00+00') = starts_at
       and date_bin('5 minutes', ends_at, '2000-01-01 00:00+00') = ends_at
$$;

-- The bits that such a claim takes of each UTC day on which it lies.
create function busy_bits(starts_at timestamptz, ends_at timestamptz)
returns table (day date, bits bit) language sql immutable parallel safe as $$
    select d.day,
           ((~ 0::bit(288)) >> greatest(0, (extract(epoch from c.starts_at - d.day) / 300)::int))
           & ((~ 0::bit(288)) << greatest(0, 288 - (extract(epoch from c.ends_at - d.day) / 300)::int))
    from (select starts_at at time zone 'UTC', ends_at at time zone 'UTC') c(starts_at, ends_at)
    cross join lateral (
        select c.starts_at::date + n as day
        from generate_series(0, (c.ends_at - interval '1 microsecond')::date - c.starts_at::date) n
    ) d
$$;

create index claims_beside_busy on claims (diary, starts_at)
    include (ends_at, held_until, booking)
    where active and (held_until is not null or not on_grid(starts_at, ends_at));

insert into busy (diary, day, bits)
select c.diary, b.day, bit_or(b.bits)
from claims c cross join lateral busy_bits(c.starts_at, c.ends_at) b
where c.active and c.held_until is null and on_grid(c.starts_at, c.ends_at)
group by c.diary, b.day;
