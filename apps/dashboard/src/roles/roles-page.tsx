import { levelOf, type Role, roleName, type TemplateBody } from '@amphi/protocol';
import { Badge, Button, Card, ConfirmDialog, Dialog, EmptyState, Field, LevelBadge, TextInput } from '@amphi/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ChevronRight, Plus, Trash2, Users } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { deleteRole, saveRole, templateQuery } from '../api/templates.ts';
import { NotSaved } from '../shell/not-saved.tsx';
import { useFailureToast } from '../shell/use-failure-toast.ts';
import { AppPart } from './app-part.tsx';
import { newRole, withHearing } from './draft.ts';
import { HearingMatrix } from './hearing-matrix.tsx';
import { useForgetTemplate } from './use-forget-template.ts';
import { isOwn } from './words.tsx';

/** All roles of an app: who hears whom, and the way to each. */
export function RolesPage() {
  return (
    <AppPart title="Roles" description="A role decides how close someone is to the stage, and what they may do there.">
      {({ app, template }) => <Roles appId={app.id} templateId={app.templateId} template={template} />}
    </AppPart>
  );
}

function Roles({ appId, templateId, template }: { appId: string; templateId: string; template: TemplateBody }) {
  const roles = Object.values(template.roles).filter(({ name }) => isOwn(name));
  return (
    <>
      <Card
        title="All roles"
        description="What you change applies now, to people who are in a session, too."
        actions={<AddRole appId={appId} templateId={templateId} taken={roles.map(({ name }) => name)} />}
      >
        {roles.length === 0 ? (
          <EmptyState
            icon={<Users />}
            title="No roles"
            description="Nobody can join an app without roles. Add the first: say, a host who may do everything."
          />
        ) : (
          <ul className="flex flex-col divide-y divide-line">
            {roles.map((role) => (
              <RoleRow key={role.name} appId={appId} templateId={templateId} role={role} />
            ))}
          </ul>
        )}
      </Card>
      {roles.length > 0 && <Hearing templateId={templateId} roles={roles} />}
    </>
  );
}

function RoleRow({ appId, templateId, role }: { appId: string; templateId: string; role: Role }) {
  const [asking, setAsking] = useState(false);
  const forget = useForgetTemplate(templateId);
  const failed = useFailureToast();
  const remove = useMutation({
    mutationFn: () => deleteRole(templateId, role.name),
    onSuccess: forget,
    onError: failed('The role was not removed'),
  });
  return (
    <li className="flex items-center gap-3 py-2 first:pt-0 last:pb-0" data-testid={`role-${role.name}`}>
      <Link
        to={`/apps/${appId}/roles/${encodeURIComponent(role.name)}`}
        className="group flex min-h-11 min-w-0 flex-1 items-center gap-3 rounded-control px-2 py-1 hover:bg-sunken"
        data-testid={`edit-role-${role.name}`}
      >
        <span className="flex min-w-0 flex-1 flex-wrap items-center gap-x-3 gap-y-1">
          <span className="min-w-0 font-semibold break-words">
            <bdi>{role.name}</bdi>
          </span>
          <LevelBadge level={levelOf(role)} />
          {role.maxPeerCount > 0 && <Badge>at most {role.maxPeerCount}</Badge>}
          {role.maxPeerCount < 0 && <Badge tone="warn">nobody may join</Badge>}
        </span>
        <ChevronRight className="size-5 shrink-0 text-ink-faint" aria-hidden="true" />
      </Link>
      <Button
        variant="quiet"
        icon={<Trash2 />}
        aria-label={`Remove role ${role.name}`}
        busy={remove.isPending}
        onClick={() => setAsking(true)}
        data-testid={`remove-role-${role.name}`}
      />
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={`Remove the role ${role.name}?`}
        description="Its join links and codes stop working at once. Whoever has it in a session keeps it until they leave. This cannot be taken back."
        confirmLabel="Remove role"
        onConfirm={() => remove.mutate()}
      />
    </li>
  );
}

function AddRole({ appId, templateId, taken }: { appId: string; templateId: string; taken: readonly string[] }) {
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const [judged, setJudged] = useState(false);
  const forget = useForgetTemplate(templateId);
  const navigate = useNavigate();
  const problem = problemOfName(name, taken);
  const add = useMutation({
    mutationFn: () => saveRole(templateId, name, newRole(name)),
    onSuccess: async () => {
      await forget();
      void navigate(`/apps/${appId}/roles/${encodeURIComponent(name)}`);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setJudged(true);
    if (problem === undefined && !add.isPending) add.mutate();
  };
  return (
    <>
      <Button size="sm" icon={<Plus />} onClick={() => setOpen(true)} data-testid="add-role">
        Add role
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title="Add a role"
        description="It begins in the audience of the stream. What it may do, you say next."
      >
        <form onSubmit={submit} className="flex flex-col gap-4">
          <Field
            label="Name"
            hint="Part of links and tokens: letters, digits, “.”, “_” and “-”."
            error={judged ? problem : undefined}
          >
            <TextInput
              value={name}
              autoComplete="off"
              autoCapitalize="none"
              onChange={({ target }) => setName(target.value)}
              data-testid="role-name-new"
            />
          </Field>
          {add.error !== null && <NotSaved error={add.error} testId="add-role-error" />}
          <Button type="submit" variant="primary" busy={add.isPending} data-testid="add-role-submit">
            Add role
          </Button>
        </form>
      </Dialog>
    </>
  );
}

/** Why no role can have this name. */
export function problemOfName(name: string, taken: readonly string[]): string | undefined {
  if (taken.includes(name)) return `There is a role ${name} already.`;
  return roleName.safeParse(name).success
    ? undefined
    : '1 to 64 letters, digits, spaces, “.”, “_” and “-”, beginning with a letter or a digit.';
}

/** Each click is saved: the matrix is what is. */
function Hearing({ templateId, roles }: { templateId: string; roles: readonly Role[] }) {
  const client = useQueryClient();
  const { queryKey } = templateQuery(templateId);
  const save = useMutation({
    mutationFn: (role: Role) => saveRole(templateId, role.name, role),
    // Two clicks are two changes, of which the second begins with what the first made.
    scope: { id: `roles-${templateId}` },
    onMutate: (role) => {
      client.setQueryData(queryKey, (was) => was && { ...was, roles: { ...was.roles, [role.name]: role } });
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['apps'] }),
    onError: () => client.invalidateQueries({ queryKey }),
  });
  const { data } = useQuery(templateQuery(templateId));
  return (
    <Card
      title="Who hears whom"
      description="Hearing is seeing, too: sound, camera and screen of the role above, in real time. Applies now."
      data-testid="hearing"
    >
      <HearingMatrix
        roles={roles}
        onChange={(listener, speaker, hears) => {
          const role = data?.roles[listener];
          if (role !== undefined) save.mutate(withHearing(role, speaker, hears));
        }}
      />
      {save.error !== null && (
        <div className="mt-4">
          <NotSaved error={save.error} testId="hearing-error" />
        </div>
      )}
    </Card>
  );
}
