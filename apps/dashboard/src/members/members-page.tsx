import { type InvitationView, invitationBody, type MemberRole, type MemberView } from '@amphi/protocol';
import {
  Badge,
  Button,
  Card,
  ConfirmDialog,
  CopyButton,
  Dialog,
  ErrorNotice,
  Field,
  IconButton,
  Select,
  TextInput,
} from '@amphi/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { LogOut, Trash2, UserPlus, X } from 'lucide-react';
import { useState } from 'react';
import { adviceFor } from '../api/advice.ts';
import { changeMember, invite, leaveWorkspace, removeMember, withdrawInvitation } from '../api/platform.ts';
import { membersQuery, sessionQuery } from '../api/queries.ts';
import { LoadFailed, Loading } from '../shell/load-state.tsx';
import { useOwner } from '../shell/owner-only.tsx';
import { Page } from '../shell/page.tsx';
import { dateTimeText } from '../shell/times.ts';
import { useFailureToast } from '../shell/use-failure-toast.ts';
import { mayManage, ROLE_WORDS, rolesToGive } from './words.ts';

/** Who is let in to this dashboard, and as what. */
export function MembersPage() {
  const { role: own } = useOwner();
  const { data, error, refetch } = useQuery(membersQuery);
  const [inviting, setInviting] = useState(false);
  return (
    <Page
      title="Members"
      description="Who is let in to this dashboard. People in rooms need no account: they come by links."
      actions={
        own !== 'viewer' && (
          <Button variant="primary" icon={<UserPlus />} onClick={() => setInviting(true)} data-testid="invite">
            Invite
          </Button>
        )
      }
    >
      {data === undefined && error === null && <Loading what="the members" />}
      {data === undefined && error !== null && (
        <LoadFailed what="the members" error={error} onRetry={() => void refetch()} />
      )}
      {data !== undefined && (
        <Card title="With an account">
          <ul className="flex flex-col divide-y divide-line">
            {data.members.map((member) => (
              <MemberRow key={member.id} member={member} own={own} />
            ))}
          </ul>
        </Card>
      )}
      {data !== undefined && data.invitations.length > 0 && (
        <Card
          title="Invited"
          description="A link works once, for a week. Invite again for a new one; the old one is void then."
        >
          <ul className="flex flex-col divide-y divide-line">
            {data.invitations.map((invitation) => (
              <InvitationRow key={invitation.id} invitation={invitation} own={own} />
            ))}
          </ul>
        </Card>
      )}
      <Dialog
        open={inviting}
        onOpenChange={setInviting}
        title="Invite"
        description="Makes a link that gives an account, once. Send it to the person yourself: whoever has it may use it."
      >
        <InviteForm own={own} />
      </Dialog>
    </Page>
  );
}

const rowClass = 'flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3';

function MemberRow({ member, own }: { member: MemberView; own: MemberRole }) {
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const failed = useFailureToast();
  const refresh = async () => {
    await client.invalidateQueries({ queryKey: membersQuery.queryKey });
    if (member.isSelf) await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
  };
  const change = useMutation({
    mutationFn: (role: MemberRole) => changeMember(member.id, role),
    onSuccess: refresh,
    onError: failed('The role was not changed'),
  });
  const remove = useMutation({
    mutationFn: () => (member.isSelf ? leaveWorkspace() : removeMember(member.id)),
    onSuccess: refresh,
    onError: failed(member.isSelf ? 'You are still a member' : 'Nobody was removed'),
  });
  const manages = mayManage(own, member.role);
  return (
    <li className={rowClass} data-testid="member">
      <div className="flex min-w-0 flex-col gap-0.5">
        <span className="flex flex-wrap items-center gap-2">
          <bdi className="break-all">{member.email}</bdi>
          {member.isSelf && <Badge>you</Badge>}
        </span>
        <span className="text-sm text-ink-faint">since {dateTimeText(member.since)}</span>
      </div>
      <span className="flex items-center gap-1">
        {manages ? (
          <Field label={`Role of ${member.email}`} hideLabel>
            <Select
              value={member.role}
              options={rolesToGive(own).map((role) => ({ value: role, label: ROLE_WORDS[role].name }))}
              onValueChange={(role) => change.mutate(role as MemberRole)}
              data-testid="member-role"
            />
          </Field>
        ) : (
          <span className="text-sm text-ink-soft">{ROLE_WORDS[member.role].name}</span>
        )}
        {(manages || member.isSelf) && (
          <IconButton
            label={member.isSelf ? 'Give up your account' : `Remove ${member.email}`}
            icon={member.isSelf ? <LogOut /> : <Trash2 />}
            disabled={remove.isPending}
            onClick={() => setAsking(true)}
            data-testid="member-remove"
          />
        )}
      </span>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={member.isSelf ? 'Give up your account?' : `Remove ${member.email}?`}
        description={
          member.isSelf
            ? 'You are signed out everywhere, and come back by an invitation only.'
            : 'They are signed out everywhere at once, and management tokens that they made here end. Admins and owners can see the secrets of keys: revoke those that they may have noted down.'
        }
        confirmLabel={member.isSelf ? 'Give up' : 'Remove'}
        onConfirm={() => remove.mutate()}
      />
    </li>
  );
}

function InvitationRow({ invitation, own }: { invitation: InvitationView; own: MemberRole }) {
  const client = useQueryClient();
  const failed = useFailureToast();
  const withdraw = useMutation({
    mutationFn: () => withdrawInvitation(invitation.id),
    onSuccess: () => client.invalidateQueries({ queryKey: membersQuery.queryKey }),
    onError: failed('The invitation was not withdrawn'),
  });
  return (
    <li className={rowClass} data-testid="invitation">
      <div className="flex min-w-0 flex-col gap-0.5">
        <bdi className="break-all">{invitation.email}</bdi>
        <span className="text-sm text-ink-faint">
          {ROLE_WORDS[invitation.role].name}, until {dateTimeText(invitation.expiresAt)}
        </span>
      </div>
      {mayManage(own, invitation.role) && (
        <IconButton
          label={`Withdraw the invitation of ${invitation.email}`}
          icon={<X />}
          disabled={withdraw.isPending}
          onClick={() => withdraw.mutate()}
          data-testid="invitation-withdraw"
        />
      )}
    </li>
  );
}

function InviteForm({ own }: { own: MemberRole }) {
  const client = useQueryClient();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<MemberRole>('viewer');
  const [problem, setProblem] = useState<string>();
  const make = useMutation({
    mutationFn: invite,
    onSuccess: () => client.invalidateQueries({ queryKey: membersQuery.queryKey }),
  });
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        const isAddress = invitationBody.shape.email.safeParse(email).success;
        setProblem(isAddress ? undefined : 'Write an address such as ada@example.org.');
        if (isAddress && !make.isPending) make.mutate({ email, role });
      }}
    >
      <Field label="Email" hint="They sign in by it. No mail is sent." error={problem}>
        <TextInput
          type="email"
          inputMode="email"
          autoComplete="off"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
          data-testid="invite-email"
        />
      </Field>
      <Field label="Role" hint={`${ROLE_WORDS[role].name}: ${ROLE_WORDS[role].meaning}.`}>
        <Select
          value={role}
          options={rolesToGive(own).map((value) => ({ value, label: ROLE_WORDS[value].name }))}
          onValueChange={(value) => setRole(value as MemberRole)}
          data-testid="invite-role"
        />
      </Field>
      {make.error !== null && <ErrorNotice title="No link was made" message={adviceFor(make.error).message} />}
      <Button type="submit" variant="primary" busy={make.isPending} data-testid="invite-submit">
        Make link
      </Button>
      {make.data !== undefined && (
        <div className="flex items-start gap-2 rounded-control bg-sunken p-3" role="status">
          <code className="min-w-0 flex-1 font-mono text-xs break-all" data-testid="invite-link">
            {make.data}
          </code>
          <CopyButton value={make.data} what="invitation link" variant="quiet" />
        </div>
      )}
    </form>
  );
}
