-- A session is a family of refresh tokens: which of them is good is a number, and the token itself is
-- derived from it by a key. Who is logged in logs in again.
drop table sessions;
create table sessions (
    id         uuid primary key,
    person     uuid not null references people,
    opened_at  timestamptz not null,
    generation integer not null default 0 check (generation >= 0),
    rotated_at timestamptz not null,
    ended_at   timestamptz,
    ended_why  text check (ended_why in ('logged_out', 'revoked', 'reused')),
    agent      text,
    address    text,
    check ((ended_at is null) = (ended_why is null))
);
create index sessions_by_person on sessions (person, rotated_at desc) where ended_at is null;
create index sessions_rotated on sessions (rotated_at);
create index sessions_ended on sessions (ended_at) where ended_at is not null;

-- Who runs the platform.
create table admins (
    person     uuid primary key references people,
    role       text not null check (role in ('owner', 'finance', 'support', 'content')),
    created_at timestamptz not null
);
