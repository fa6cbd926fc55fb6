-- Services that process by themselves for a while: their parts in minutes, hands on above zero and
-- waiting below, in order; null where hands are on it throughout. A booking takes its
-- professional's time in as many stretches as there are hands-on parts, buffers included.
alter table services add column parts smallint[];
alter table bookings add column parts smallint[];
alter table claims drop constraint claims_pkey;
alter table claims add primary key (booking, starts_at);
