-- Whoever confirms an address makes every other registration with it worthless.
create index registrations_of_email on registrations (email) where used_at is null;
