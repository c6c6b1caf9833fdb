import { useSession, useSessionEvent } from '@amphi/react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useWords } from '../words/speaking.tsx';
import { type Flight, REACTION_EVENT, type Reaction, readReaction, withFlight, writeReaction } from './reactions.ts';

/** As long as its animation. */
const FLIGHT_MS = 3_200;

export interface FlightsView {
  readonly flights: readonly Flight[];
  /** Shown to us at once, and to everyone. */
  readonly send: (reaction: Reaction) => void;
}

/** What flies now. Nothing starts while nobody looks at the page. */
export function useFlights(): FlightsView {
  const session = useSession();
  const { you } = useWords();
  const [flights, setFlights] = useState<readonly Flight[]>([]);
  const made = useRef(0);
  const timers = useRef(new Set<ReturnType<typeof setTimeout>>());
  useEffect(() => {
    const running = timers.current;
    return () => {
      for (const timer of running) clearTimeout(timer);
    };
  }, []);

  const start = useCallback((glyph: string, name: string) => {
    if (document.hidden) return;
    made.current += 1;
    const key = made.current;
    setFlights((all) => withFlight(all, { key, glyph, name }));
    const timer = setTimeout(() => {
      timers.current.delete(timer);
      setFlights((all) => all.filter((flight) => flight.key !== key));
    }, FLIGHT_MS);
    timers.current.add(timer);
  }, []);

  useSessionEvent('customEvent', ({ type, payload, peerId }) => {
    const reaction = type === REACTION_EVENT ? readReaction(payload) : undefined;
    if (reaction) start(reaction.glyph, (peerId !== undefined && session.state.peers[peerId]?.name) || '');
  });

  const send = useCallback(
    (reaction: Reaction) => {
      start(reaction.glyph, you);
      // One that is lost, or one too many, is no loss to tell of.
      session.sendEvent(REACTION_EVENT, writeReaction(reaction, session.state.self.peerId)).catch(() => {});
    },
    [session, start, you],
  );
  return { flights, send };
}
