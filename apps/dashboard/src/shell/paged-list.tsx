import { Button } from '@amphi/ui';
import type { ReactNode } from 'react';
import { LoadFailed, Loading } from './load-state.tsx';
import type { usePages } from './use-pages.ts';

/** What `usePages` brought, in every state that it can be in. */
export function PagedList<Item>({
  what,
  pages,
  empty,
  children,
}: {
  /** Such as "the rooms". */
  what: string;
  pages: ReturnType<typeof usePages<Item>>;
  /** Instead of an empty list. */
  empty: ReactNode;
  children: (items: readonly Item[]) => ReactNode;
}) {
  const { items, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = pages;
  if (items === undefined) {
    return error === null ? (
      <Loading what={what} />
    ) : (
      <LoadFailed what={what} error={error} onRetry={() => void refetch()} />
    );
  }
  if (items.length === 0) return empty;
  return (
    <div className="flex flex-col gap-4">
      {children(items)}
      {error !== null && <LoadFailed what={`more of ${what}`} error={error} onRetry={() => void fetchNextPage()} />}
      {hasNextPage && (
        <Button
          className="self-center"
          busy={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
          data-testid="more"
        >
          Show more
        </Button>
      )}
    </div>
  );
}
