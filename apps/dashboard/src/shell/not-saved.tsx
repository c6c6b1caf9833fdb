import { ErrorNotice } from '@amphi/ui';
import { adviceFor } from '../api/advice.ts';
import { RequestFailure } from '../api/request.ts';

/** Why changes are still only in the page, and how to keep them. */
export function NotSaved({ error, testId }: { error: unknown; testId: string }) {
  const signedOut = error instanceof RequestFailure && error.status === 401;
  const { message, details } = adviceFor(error);
  return (
    <ErrorNotice
      title="Your changes are not saved"
      message={
        signedOut ? (
          <>
            You were signed out meanwhile.{' '}
            <a href="/dashboard/sign-in" target="_blank" rel="noopener" className="text-accent underline">
              Sign in in a new tab
            </a>
            , come back here, and save again.
          </>
        ) : (
          message
        )
      }
      details={details}
      data-testid={testId}
    />
  );
}
