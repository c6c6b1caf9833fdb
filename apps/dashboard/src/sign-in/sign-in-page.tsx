import { signInBody } from '@amphi/protocol';
import { Button, ErrorNotice, Field, PasswordInput, TextInput } from '@amphi/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Navigate, useLoaderData, useSearchParams } from 'react-router';
import { adviceFor } from '../api/advice.ts';
import { signIn } from '../api/platform.ts';
import { sessionQuery } from '../api/queries.ts';
import { RequestFailure } from '../api/request.ts';
import { FrontFrame } from './front-frame.tsx';
import type { OneTimeSignInResult } from './one-time-sign-in.ts';
import { safeNext } from './safe-next.ts';

/** Email and password, for the owner. */
export function SignInPage() {
  const { linkError } = useLoaderData<OneTimeSignInResult>();
  const { data: owner } = useQuery(sessionQuery);
  const [search] = useSearchParams();
  useEffect(() => {
    document.title = 'Sign in · Amphi';
  }, []);
  if (owner) return <Navigate replace to={safeNext(search.get('next'))} />;
  return (
    <FrontFrame title="Sign in" lead="To the dashboard of this server.">
      {linkError !== undefined && <LinkFailed error={linkError} />}
      <SignInForm />
    </FrontFrame>
  );
}

function SignInForm() {
  const client = useQueryClient();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [problems, setProblems] = useState<{ email?: string; password?: string }>({});
  const enter = useMutation({
    mutationFn: signIn,
    onSuccess: (owner) => client.setQueryData(sessionQuery.queryKey, owner),
  });
  return (
    <form
      noValidate
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        const wrong = {
          ...(signInBody.shape.email.safeParse(email).success
            ? {}
            : { email: 'Write an address such as ada@example.org.' }),
          ...(password === '' ? { password: 'Write your password.' } : {}),
        };
        setProblems(wrong);
        if (Object.keys(wrong).length === 0 && !enter.isPending) enter.mutate({ email, password });
      }}
    >
      <Field label="Email" error={problems.email}>
        <TextInput
          type="email"
          name="email"
          autoComplete="username"
          inputMode="email"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
          data-testid="signin-email"
        />
      </Field>
      <Field label="Password" error={problems.password}>
        <PasswordInput
          name="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          data-testid="signin-password"
        />
      </Field>
      {enter.error !== null && <SignInFailed error={enter.error} />}
      <Button type="submit" variant="primary" size="lg" busy={enter.isPending} data-testid="signin-submit">
        Sign in
      </Button>
    </form>
  );
}

function SignInFailed({ error }: { error: unknown }) {
  const wrong = error instanceof RequestFailure && error.status === 401;
  return (
    <ErrorNotice
      data-testid="signin-error"
      title={wrong ? 'Email or password is wrong' : 'Could not sign in'}
      message={
        wrong
          ? 'Check both. If no password is set yet, use the sign-in link that the server prints when it starts.'
          : adviceFor(error).message
      }
    />
  );
}

function LinkFailed({ error }: { error: unknown }) {
  const refused = error instanceof RequestFailure && error.kind === 'refused' && error.status < 429;
  return (
    <ErrorNotice
      data-testid="link-error"
      title={refused ? 'This sign-in link no longer works' : 'Could not sign in with the link'}
      message={
        refused
          ? 'It works once, for a day. Sign in with your password; without one, restart the server: it prints a new link.'
          : adviceFor(error).message
      }
      onRetry={refused ? undefined : () => window.location.reload()}
    />
  );
}
