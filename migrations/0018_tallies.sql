-- How often somebody asked for what must be counted even where nothing else is: logins and money.
-- A row is a window that starts with its first call; housekeeping throws away those that have ended.
create table tallies (
    key text primary key check (octet_length(key) <= 200),
    taken bigint not null check (taken > 0),
    ends_at timestamptz not null
) with (fillfactor = 70);
create index tallies_end on tallies (ends_at);
