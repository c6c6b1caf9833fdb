import { peerInfo } from '@amphi/protocol';
import { toRosterPeer } from '@amphi/signaling';
import * as z from 'zod/mini';
import { readAnswer } from '../read-answer.ts';
import { joinedConnection, type SessionContext } from '../session-context.ts';
import type { RemotePeer } from '../state.ts';

/** Whom to find; everyone by default. */
export interface PeerQuery {
  readonly roleName?: string;
  /** Such as `HAND_RAISED`. */
  readonly group?: string;
  readonly peerIds?: readonly string[];
  /** Of one page: 1–100, default 20. */
  readonly limit?: number;
}

/** A page of people, in the order of their coming. */
export interface PeerPage {
  readonly peers: readonly RemotePeer[];
  /** All that matched at the time of asking. */
  readonly total: number;
  /** Undefined on the last page. */
  readonly next: (() => Promise<PeerPage>) | undefined;
}

/** What a search by name tells of somebody; `get` tells the rest. */
export interface FoundPeer {
  readonly id: string;
  readonly name: string;
  readonly roleName: string;
}

/** A page of those whose names were searched for. */
export interface FoundPage {
  readonly peers: readonly FoundPeer[];
  readonly next: (() => Promise<FoundPage>) | undefined;
}

const DEFAULT_LIMIT = 20;

const pageAnswer = z.object({
  iterator: z._default(z.string(), ''),
  total: z.number(),
  eof: z.boolean(),
  peers: z.array(peerInfo),
});
const namesAnswer = z.object({
  peers: z.array(z.object({ peer_id: z.string(), name: z.string(), role: z.string() })),
  offset: z.number(),
  eof: z.boolean(),
});

/**
 * People by request. In a room of hundreds not everybody is in `state.peers` (`state.room.isLarge`); counts of all are in
 * `state.room.countsByRole`. Nobody found here includes ourselves.
 */
export class People {
  readonly #context: SessionContext;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  /** One person, listed or not. @throws ClientError `refused` with 404 for one who is not there */
  async get(peerId: string): Promise<RemotePeer> {
    const answer = await joinedConnection(this.#context, 'get-peer').request('get-peer', { peer_id: peerId });
    return toRosterPeer(readAnswer(peerInfo, 'get-peer', answer));
  }

  /** The first page of a query; its `next` gives the following one. */
  async find({ roleName, group, peerIds, limit = DEFAULT_LIMIT }: PeerQuery = {}): Promise<PeerPage> {
    const answer = await joinedConnection(this.#context, 'find-peer').request('find-peer', {
      limit,
      role: roleName,
      group,
      ...(peerIds && { peerIds: [...peerIds] }),
    });
    return this.#page('find-peer', answer, limit);
  }

  /** Those whose name contains the query, whatever its case. */
  searchByName(query: string, { limit = DEFAULT_LIMIT }: { readonly limit?: number } = {}): Promise<FoundPage> {
    return this.#names(query, limit, 0);
  }

  #page(method: string, answer: unknown, limit: number): PeerPage {
    const { iterator, total, eof, peers } = readAnswer(pageAnswer, method, answer);
    const next = async (): Promise<PeerPage> => {
      const connection = joinedConnection(this.#context, 'peer-iter-next');
      return this.#page('peer-iter-next', await connection.request('peer-iter-next', { iterator, limit }), limit);
    };
    return { peers: peers.map(toRosterPeer), total, next: eof ? undefined : next };
  }

  async #names(query: string, limit: number, offset: number): Promise<FoundPage> {
    const connection = joinedConnection(this.#context, 'peer-name-search');
    const answer = await connection.request('peer-name-search', { query, limit, offset });
    const { peers, offset: reached, eof } = readAnswer(namesAnswer, 'peer-name-search', answer);
    return {
      peers: peers.map(({ peer_id: id, name, role: roleName }) => ({ id, name, roleName })),
      next: eof ? undefined : () => this.#names(query, limit, reached),
    };
  }
}
