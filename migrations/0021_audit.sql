-- What was done that somebody may ask about later. Written in the commit that does it, and from then
-- on only sealed: given a number and chained to what came before.
create table audit (
    id     uuid primary key,
    at     timestamptz not null,
    actor  uuid,
    act    text not null,
    object text not null,
    detail text,
    seq    bigint unique,
    hash   bytea,
    check ((seq is null) = (hash is null))
);
create index audit_unsealed on audit (id) where seq is null;

create function audit_is_written_once() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.seq is null
        and (new.id, new.at, new.act, new.object) = (old.id, old.at, old.act, old.object)
        and new.actor is not distinct from old.actor
        and new.detail is not distinct from old.detail then
        return new;
    end if;
    raise exception 'the audit log is written once' using errcode = 'IS002';
end $$;
create trigger audit_is_written_once before update or delete on audit
    for each row execute function audit_is_written_once();
create trigger audit_is_not_emptied before truncate on audit
    for each statement execute function audit_is_written_once();

-- How far the chain had come at an instant, signed.
create table audit_checkpoints (
    seq       bigint primary key,
    hash      bytea not null,
    at        timestamptz not null,
    signature text not null
);
