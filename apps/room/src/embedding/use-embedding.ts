import { initialState, type Session } from '@amphi/client';
import { useEffect } from 'react';
import type { ParentPage } from './parent-page.ts';
import { eventsBetween, factsOf } from './room-events.ts';
import { runCommand } from './run-command.ts';

/** Tells the page around what happens in a session, and does in it what that page asks for. */
export function useEmbedding(parent: ParentPage | undefined, session: Session | undefined): void {
  useEffect(() => {
    if (!parent || !session) return;
    let told = factsOf(initialState(''));
    const tellChanges = (): void => {
      const facts = factsOf(session.state);
      for (const event of eventsBetween(told, facts)) parent.tell(event);
      told = facts;
    };
    const offs = [
      session.subscribe(tellChanges),
      session.events.on('error', ({ error: { code, message } }) =>
        parent.tell({ name: 'error', detail: { code, message } }),
      ),
    ];
    tellChanges();
    parent.serve((command) => runCommand(session, command));
    return () => {
      parent.serve(undefined);
      for (const off of offs) off();
    };
  }, [parent, session]);
}
