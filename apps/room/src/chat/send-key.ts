/** `keyCode` of a key that an input method has taken for itself (UI Events, W3C, 7.3.1). */
const TAKEN_BY_INPUT_METHOD = 229;

/**
 * Whether a key sends the message: Enter alone, unless an input method picks a word with it. Safari ends the composition
 * before it tells of that very key, so that only the key code is left to tell.
 */
export function isSendKey(event: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'isComposing' | 'keyCode'>): boolean {
  return event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== TAKEN_BY_INPUT_METHOD;
}
