import type { QueryClient } from '@tanstack/react-query';
import { type LoaderFunctionArgs, redirect } from 'react-router';
import { signInOnce } from '../api/platform.ts';
import { sessionQuery } from '../api/queries.ts';
import { RequestFailure } from '../api/request.ts';

/** What the sign-in page is told: why the link did not work, if one was used. */
export interface OneTimeSignInResult {
  readonly linkError: unknown;
}

/**
 * Loader of the sign-in page. With `?code=…` it uses the code up, exactly once per visit, and goes on: to the welcome
 * page as long as there is no password, else to the apps.
 */
export function oneTimeSignIn(client: QueryClient) {
  return async ({ request }: LoaderFunctionArgs): Promise<OneTimeSignInResult | Response> => {
    const code = new URL(request.url).searchParams.get('code');
    if (code === null) return { linkError: undefined };
    try {
      const owner = await signInOnce(code);
      client.setQueryData(sessionQuery.queryKey, owner);
      return redirect(owner.hasPassword ? '/' : '/welcome');
    } catch (error) {
      // Opened a second time by someone who is still signed in: nothing to complain about.
      const refused = error instanceof RequestFailure && error.kind === 'refused';
      const owner = refused ? await client.fetchQuery(sessionQuery).catch(() => null) : null;
      return owner === null ? { linkError: error } : redirect('/');
    }
  };
}
