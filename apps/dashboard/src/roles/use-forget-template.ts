import { useQueryClient } from '@tanstack/react-query';
import { appsQuery } from '../api/queries.ts';
import { templateQuery } from '../api/templates.ts';

/** After a change: the template, and the apps that show parts of it, are read anew. */
export function useForgetTemplate(templateId: string): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    await Promise.all([
      client.invalidateQueries({ queryKey: templateQuery(templateId).queryKey }),
      client.invalidateQueries({ queryKey: appsQuery.queryKey }),
    ]);
  };
}
