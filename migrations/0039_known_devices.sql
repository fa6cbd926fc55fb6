-- With which devices somebody proved a code for a number: what strangers use up of the limits keeps
-- none of these out. The name of a device is kept as a digest. The release before opens challenges
-- without these columns.
alter table challenges
    add column device text check (length(device) <= 64),
    add column known  boolean not null default false;
create table proved_devices (
    phone     text not null,
    device    bytea not null,
    proved_at timestamptz not null,
    primary key (phone, device)
);
create index proved_devices_by_age on proved_devices (proved_at);

-- An authenticator that waits to be confirmed waits for a while.
alter table second_factors add column enrolled_at timestamptz not null default now();

-- A reset of an address that is nobody's is written like any other, so that it takes as long.
alter table password_resets alter column person drop not null;
