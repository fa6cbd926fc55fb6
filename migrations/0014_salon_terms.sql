-- On which terms a salon takes bookings, and on which each was made, in the form in which the domain
-- writes them; null: called off for nothing until it begins.
alter table salons add column terms jsonb;
alter table bookings add column terms jsonb;
