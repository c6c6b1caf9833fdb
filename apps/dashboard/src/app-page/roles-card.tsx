import type { RoleView } from '@amphi/protocol';
import { Badge, Button, Card, EmptyState, LevelBadge } from '@amphi/ui';
import { Check, Pencil, Users } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { permissionNames, publishKinds } from '../roles/words.tsx';
import { CopyableId } from './copyable-id.tsx';

/** The roles of an app: what each sends, receives, and may do. */
export function RolesCard({
  appId,
  roles,
  templateId,
}: {
  appId: string;
  roles: readonly RoleView[];
  templateId: string;
}) {
  return (
    <Card
      title="Roles"
      description="A role decides how close someone is to the stage."
      actions={<CopyableId name="Template" id={templateId} testId="copy-template-id" />}
    >
      {roles.length === 0 ? (
        <EmptyState icon={<Users />} title="No roles" description="Add a role to let people join." />
      ) : (
        <ul className="flex flex-col divide-y divide-line">
          {roles.map((role) => (
            <RoleRow key={role.name} role={role} />
          ))}
        </ul>
      )}
      <div className="mt-5 flex flex-col gap-2 border-t border-line pt-5 sm:flex-row sm:justify-end">
        <Button asChild variant="quiet">
          <Link to={`/apps/${appId}/template`} data-testid="edit-template">
            Import, export, JSON
          </Link>
        </Button>
        <Button asChild>
          <Link to={`/apps/${appId}/roles`} data-testid="edit-roles">
            <Pencil />
            Edit roles
          </Link>
        </Button>
      </div>
    </Card>
  );
}

function RoleRow({ role }: { role: RoleView }) {
  const allowed = permissionNames.filter(([key]) => role.permissions[key]);
  return (
    <li
      data-testid={`role-row-${role.name}`}
      className="grid gap-x-6 gap-y-4 py-5 first:pt-0 last:pb-0 md:grid-cols-[minmax(0,1fr)_minmax(0,3fr)]"
    >
      <div className="flex flex-row flex-wrap items-center justify-between gap-2 md:flex-col md:items-start md:justify-start">
        <h3 className="font-semibold break-words">
          <bdi>{role.name}</bdi>
        </h3>
        <LevelBadge level={role.level} />
      </div>
      <dl className="grid gap-3 text-[0.9375rem] sm:grid-cols-[6rem_minmax(0,1fr)]">
        <Term>Sends</Term>
        <dd className="flex flex-wrap gap-1.5">
          {role.publishes.map((kind) => (
            <Badge key={kind} icon={publishKinds[kind].icon}>
              {publishKinds[kind].name}
            </Badge>
          ))}
          {role.publishes.length === 0 && <span className="text-ink-soft">Nothing; chat only</span>}
        </dd>
        <Term>Receives</Term>
        <dd className="flex flex-wrap gap-1.5">
          {role.subscribesTo.map((name) => (
            <Badge key={name}>
              <bdi>{name}</bdi>
            </Badge>
          ))}
          {role.subscribesTo.length === 0 && (
            <span className="text-ink-soft">
              {role.level === 'stream' ? 'The composed stream' : 'Nobody in real time'}
            </span>
          )}
        </dd>
        <Term>May</Term>
        <dd>
          {allowed.length === 0 ? (
            <span className="text-ink-soft">Nothing beyond that</span>
          ) : (
            <ul className="flex flex-wrap gap-x-4 gap-y-1">
              {allowed.map(([key, name]) => (
                <li key={key} className="flex items-center gap-1.5">
                  <Check className="size-4 shrink-0 text-ok" aria-hidden="true" />
                  {name}
                </li>
              ))}
            </ul>
          )}
        </dd>
      </dl>
    </li>
  );
}

function Term({ children }: { children: ReactNode }) {
  return <dt className="pt-0.5 text-sm font-medium text-ink-faint">{children}</dt>;
}
