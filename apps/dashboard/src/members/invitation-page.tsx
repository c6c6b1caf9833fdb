import { Button, ErrorNotice, Spinner } from '@amphi/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { adviceFor } from '../api/advice.ts';
import { acceptInvitation, lookAtInvitation } from '../api/platform.ts';
import { sessionQuery } from '../api/queries.ts';
import { RequestFailure } from '../api/request.ts';
import { NewPasswordField, newPasswordProblem } from '../shell/new-password-field.tsx';
import { FrontFrame } from '../sign-in/front-frame.tsx';
import { ROLE_WORDS } from './words.ts';

/** Where an invitation's link leads: asks for a password, and makes the account. */
export function InvitationPage() {
  const [search] = useSearchParams();
  const code = search.get('code') ?? '';
  const { data: offered, error } = useQuery({
    queryKey: ['invitation', code],
    queryFn: () => lookAtInvitation(code),
    gcTime: 0,
    // Each look counts as a guess if it is wrong.
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  useEffect(() => {
    document.title = 'Invitation · Amphi';
  }, []);
  return (
    <FrontFrame
      title="Invitation"
      lead={
        offered === undefined ? (
          'To the dashboard of this server.'
        ) : (
          <>
            For <strong className="font-semibold text-ink">{offered.email}</strong>, as {ROLE_WORDS[offered.role].name}:{' '}
            {ROLE_WORDS[offered.role].meaning}.
          </>
        )
      }
    >
      {offered === undefined && error === null && <Spinner label="Reading the invitation…" className="text-ink-soft" />}
      {error !== null && <NotOffered error={error} />}
      {offered !== undefined && <AcceptForm code={code} email={offered.email} />}
    </FrontFrame>
  );
}

function AcceptForm({ code, email }: { code: string; email: string }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<string>();
  const accept = useMutation({
    mutationFn: acceptInvitation,
    onSuccess: (owner) => {
      // Of whoever was signed in here before, nothing stays in memory.
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
      client.setQueryData(sessionQuery.queryKey, owner);
      return navigate('/', { replace: true });
    },
  });
  return (
    <form
      noValidate
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        const wrong = newPasswordProblem(password);
        setProblem(wrong);
        if (wrong === undefined && !accept.isPending) accept.mutate({ code, password });
      }}
    >
      <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
      <NewPasswordField
        label="Your password"
        value={password}
        onChange={(value) => {
          setPassword(value);
          setProblem(undefined);
        }}
        problem={problem}
      />
      {accept.error !== null && <NotOffered error={accept.error} />}
      <Button type="submit" variant="primary" size="lg" busy={accept.isPending} data-testid="accept">
        Make account
      </Button>
    </form>
  );
}

function NotOffered({ error }: { error: unknown }) {
  const isGone = error instanceof RequestFailure && error.kind === 'refused' && [400, 401].includes(error.status);
  return (
    <ErrorNotice
      data-testid="invitation-error"
      title={isGone ? 'This invitation no longer works' : 'Could not read the invitation'}
      message={
        isGone
          ? 'It works once, for a week, and not after it was withdrawn. Ask whoever invited you for another.'
          : adviceFor(error).message
      }
    />
  );
}
