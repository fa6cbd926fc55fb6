-- A visit that has begun may last longer than planned. What it runs over by takes its professional's
-- time, but was promised to nobody and may lie over bookings that were made before: so it is no part
-- of the wall, and of no bitmap, in which nothing lies over anything (ADR 0030).
alter table bookings add column lasts_until timestamptz;
alter table claims add column overrun boolean not null default false;

alter table claims drop constraint no_double_booking;
alter table claims add constraint no_double_booking exclude using gist
    (diary with =, tstzrange(starts_at, ends_at) with &&) where (active and not overrun);

drop index claims_beside_busy;
create index claims_beside_busy on claims (salon, starts_at)
    include (diary, ends_at, held_until, booking)
    where active and (held_until is not null or overrun or not on_grid(starts_at, ends_at));
