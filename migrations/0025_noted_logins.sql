-- What becomes of logins is noted whoever writes it: a session, a password, an authenticator, a person
-- who is erased.
create function note_session() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into audit (id, at, actor, act, object)
        values (gen_random_uuid(), new.opened_at, new.person, 'session.opened', 'session/' || new.id);
    else
        insert into audit (id, at, actor, act, object, detail)
        values (gen_random_uuid(), new.ended_at, new.person, 'session.ended', 'session/' || new.id,
            new.ended_why);
    end if;
    return null;
end $$;
create trigger note_opened after insert on sessions
    for each row execute function note_session();
create trigger note_ended after update of ended_at on sessions
    for each row when (old.ended_at is null and new.ended_at is not null)
    execute function note_session();

create function note_person() returns trigger language plpgsql as $$
begin
    insert into audit (id, at, actor, act, object)
    values (gen_random_uuid(), coalesce(new.erased_at, new.password_set_at), new.id,
        case when new.erased_at is not null then 'person.erased' else 'password.set' end,
        'person/' || new.id);
    return null;
end $$;
create trigger note_first_password after insert on people
    for each row when (new.password_set_at is not null) execute function note_person();
create trigger note_password after update of password_set_at, erased_at on people
    for each row when (new.erased_at is distinct from old.erased_at
        or new.password_set_at is distinct from old.password_set_at and new.password_set_at is not null)
    execute function note_person();

create function note_factor() returns trigger language plpgsql as $$
begin
    insert into audit (id, at, actor, act, object)
    values (gen_random_uuid(), case when tg_op = 'DELETE' then now() else new.confirmed_at end,
        old.person, case when tg_op = 'DELETE' then 'factor.removed' else 'factor.added' end,
        'person/' || old.person);
    return null;
end $$;
create trigger note_factor_added after update of confirmed_at on second_factors
    for each row when (old.confirmed_at is null and new.confirmed_at is not null)
    execute function note_factor();
create trigger note_factor_removed after delete on second_factors
    for each row when (old.confirmed_at is not null) execute function note_factor();
