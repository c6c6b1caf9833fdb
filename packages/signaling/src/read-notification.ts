import type { Logger } from '@amphi/base';
import { isNotificationName, type Notification, notifications } from '@amphi/protocol';

/** A notification as the protocol has it; undefined for one that is unknown (a newer server's) or malformed (logged). */
export function readNotification(method: string, params: unknown, logger: Logger): Notification | undefined {
  if (!isNotificationName(method)) return undefined;
  const parsed = notifications[method].safeParse(params);
  if (!parsed.success) {
    logger.warn({ method, issue: parsed.error.issues[0]?.message }, 'notification not understood, ignored');
    return undefined;
  }
  // One schema per method: the cast restores what the lookup by name loses.
  return { method, params: parsed.data } as Notification;
}
