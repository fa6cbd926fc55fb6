-- How far the audit log was verified by the worker that watches it, so that one that starts goes on
-- from there. Whoever changes this makes the next worker read some of the log later, not less of it.
create table audit_watched (
    is_only boolean primary key default true check (is_only),
    through bigint not null check (through >= 0),
    again   bigint check (again >= 0),
    since   timestamptz not null
);
