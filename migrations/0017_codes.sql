-- One-time codes: what they are for, how many were asked for, and to whom none is sent.
-- The release before opens challenges without these columns: all of them have defaults.
alter table challenges
    add column purpose   text not null default 'log_in' check (purpose in ('log_in')),
    add column opened_at timestamptz not null default now(),
    add column withheld  boolean not null default false;
update challenges set opened_at = expires_at - interval '5 minutes';

-- What became of the codes of one number, and of numbers alike (the first six of its ten digits).
create index challenges_of_phone on challenges (phone, opened_at) include (used_at);
create index challenges_of_prefix on challenges (left(phone, 9), opened_at)
    include (used_at) where not withheld;

-- How many codes were asked for in a window that begins with the first: by number, numbers alike,
-- block of addresses and device, and what all of them cost. Rows are changed with every request, in
-- place, and go when their window has ended.
create table code_counts (
    key     text primary key check (length(key) <= 100),
    taken   bigint not null check (taken >= 0),
    ends_at timestamptz not null
) with (fillfactor = 50);
create index code_counts_ended on code_counts (ends_at);

-- Numbers that get no code, each row one number or all that begin alike. Kept by hand.
create table blocked_numbers (
    begins     text primary key check (begins ~ '^\+91[0-9]{1,10}$'),
    reason     text not null,
    blocked_at timestamptz not null default now()
);
