-- A device leaves with its session, whoever ends it: what nobody is told by is not kept.
create function devices_leave() returns trigger language plpgsql as $$
begin
    delete from devices where session = new.id;
    return null;
end $$;
create trigger devices_leave after update of ended_at on sessions
    for each row when (old.ended_at is null and new.ended_at is not null)
    execute function devices_leave();
delete from devices d using sessions s where s.id = d.session and s.ended_at is not null;

-- The audit log is asked what somebody did, what was done to something, and how often an act was
-- done; always from its end.
create index audit_by_actor on audit (actor, seq);
create index audit_by_act on audit (act, seq);
create index audit_by_object on audit (object, seq);
