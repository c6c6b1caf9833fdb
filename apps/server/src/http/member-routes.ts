import { type InvitationView, invitationBody, type MemberView, memberChange, platformAnswers } from '@amphi/protocol';
import type { Invitation, Owner, Store } from '@amphi/store';
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import { invitationLink } from '../platform/links.ts';
import { assertMayManage } from '../platform/member-rights.ts';
import type { OwnerAccounts } from '../platform/owner-accounts.ts';
import { errorBody } from './bodies.ts';
import type { PublicAddress } from './public-address.ts';
import type { WebServer } from './web-server.ts';

const tags = ['platform'];
const errors = { 400: errorBody, 401: errorBody, 403: errorBody, 404: errorBody, 409: errorBody };
const memberParams = z.object({ memberId: z.string().max(100) });
const invitationParams = z.object({ invitationId: z.string().max(100) });

/** `/platform/members` and `/platform/invitations`: who is let in to the dashboard, and as what. */
export function memberRoutes(
  server: WebServer,
  options: {
    readonly store: Pick<Store, 'members'>;
    readonly accounts: Pick<OwnerAccounts, 'invite'>;
    readonly address: Pick<PublicAddress, 'baseFor'>;
  },
  askerOf: (request: FastifyRequest) => Owner,
): void {
  const { store, accounts, address } = options;

  server.get(
    '/members',
    {
      schema: {
        tags,
        summary: 'Who has an account, and who was invited',
        response: { 200: platformAnswers.members, ...errors },
      },
    },
    async (request) => {
      const asker = askerOf(request);
      const members = await store.members.list(asker.workspaceId);
      const invitations = await store.members.invitations(asker.workspaceId);
      return {
        members: members.map((member) => memberView(member, asker)),
        invitations: invitations.map(invitationView),
      };
    },
  );

  server.post(
    '/members/:memberId',
    {
      schema: {
        tags,
        summary: 'Give a member another role',
        params: memberParams,
        body: memberChange,
        response: { 200: platformAnswers.member, ...errors },
      },
    },
    async (request) => {
      const asker = askerOf(request);
      const { role } = request.body;
      const wanted = { workspaceId: asker.workspaceId, memberId: request.params.memberId, role };
      const member = await store.members.changeRole(wanted, (now) => assertMayManage(asker.role, now.role, role));
      return { member: memberView(member, asker) };
    },
  );

  server.delete(
    '/members/:memberId',
    {
      schema: {
        tags,
        summary: 'Take an account away; it is signed out everywhere',
        params: memberParams,
        response: { 204: z.null(), ...errors },
      },
    },
    async (request, reply) => {
      const { workspaceId, role: own } = askerOf(request);
      const { memberId } = request.params;
      await store.members.remove({ workspaceId, memberId }, ({ role }) => assertMayManage(own, role));
      return reply.code(204).send(null);
    },
  );

  server.delete(
    '/membership',
    { schema: { tags, summary: 'Give up the own account', response: { 204: z.null(), ...errors } } },
    async (request, reply) => {
      const { workspaceId, id: memberId } = askerOf(request);
      await store.members.remove({ workspaceId, memberId });
      return reply.code(204).send(null);
    },
  );

  server.post(
    '/invitations',
    {
      schema: {
        tags,
        summary: 'Make a link by which somebody gets an account, once; an earlier one for the address is void',
        body: invitationBody,
        response: { 201: platformAnswers.invited, ...errors },
      },
    },
    async (request, reply) => {
      const { workspaceId, role: own } = askerOf(request);
      const { email, role } = request.body;
      assertMayManage(own, role);
      const { invitation, code } = await accounts.invite({ workspaceId, email, role });
      const url = invitationLink(address.baseFor(request), code);
      return reply.code(201).send({ invitation: invitationView(invitation), url });
    },
  );

  server.delete(
    '/invitations/:invitationId',
    {
      schema: {
        tags,
        summary: 'Withdraw an invitation',
        params: invitationParams,
        response: { 204: z.null(), ...errors },
      },
    },
    async (request, reply) => {
      const { workspaceId, role: own } = askerOf(request);
      const { invitationId } = request.params;
      await store.members.withdraw({ workspaceId, invitationId }, ({ role }) => assertMayManage(own, role));
      return reply.code(204).send(null);
    },
  );
}

function memberView({ id, email, role, createdAt }: Owner, asker: Owner): MemberView {
  return { id, email, role, since: createdAt.toISOString(), isSelf: id === asker.id };
}

function invitationView({ id, email, role, expiresAt }: Invitation): InvitationView {
  return { id, email, role, expiresAt: expiresAt.toISOString() };
}
