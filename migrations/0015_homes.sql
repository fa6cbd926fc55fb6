-- How a salon comes to its customers' homes, which it does from its pin on the map; and where the
-- home is, of a booking and of who waits for one.
alter table salons
    add column home_visits jsonb,
    add constraint home_visits_from_a_pin check (home_visits is null or latitude is not null);
alter table bookings add column home jsonb;
alter table waitlist add column home jsonb;
