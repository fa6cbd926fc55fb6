-- Searches ask for a salon at a time: what they read of it lies side by side, a row a UTC day and
-- diary, and beside it the claims that are not in it, found by their salon.
alter table claims add column salon uuid;
update claims c set salon = b.salon from bookings b where b.id = c.booking;
alter table claims alter column salon set not null;

drop index claims_beside_busy;
create index claims_beside_busy on claims (salon, starts_at)
    include (diary, ends_at, held_until, booking)
    where active and (held_until is not null or not on_grid(starts_at, ends_at));

drop table busy;
create table busy (
    salon uuid not null,
    day   date not null,
    diary uuid not null,
    bits  bit(288) not null,
    primary key (salon, day, diary) include (bits)
);
insert into busy (salon, day, diary, bits)
select c.salon, b.day, c.diary, bit_or(b.bits)
from claims c cross join lateral busy_bits(c.starts_at, c.ends_at) b
where c.active and c.held_until is null and on_grid(c.starts_at, c.ends_at)
group by c.salon, b.day, c.diary;

create index staff_with_a_cap on staff (salon) where daily_cap is not null;
