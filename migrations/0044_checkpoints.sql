-- What was signed of the audit log is kept like the log: added to, and never changed.
create function checkpoints_are_written_once() returns trigger language plpgsql as $$
begin
    raise exception 'a checkpoint of the audit log is written once' using errcode = 'IS002';
end $$;
create trigger checkpoints_are_written_once before update or delete on audit_checkpoints
    for each row execute function checkpoints_are_written_once();
create trigger checkpoints_are_not_emptied before truncate on audit_checkpoints
    for each statement execute function checkpoints_are_written_once();
