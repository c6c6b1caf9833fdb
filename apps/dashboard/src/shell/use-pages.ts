import { useInfiniteQuery } from '@tanstack/react-query';
import type { ListPage } from '../api/rest.ts';

/** A list that is paged on the server: what has been read of it, and the way to more. */
export function usePages<Item>(
  key: readonly unknown[],
  read: (start: string, signal: AbortSignal) => Promise<ListPage<Item>>,
  options: { readonly refetchInterval?: number } = {},
) {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: '',
    getNextPageParam: ({ last }) => (last === '' ? undefined : last),
    ...options,
  });
  return { ...query, items: query.data?.pages.flatMap(({ data }) => data) };
}
