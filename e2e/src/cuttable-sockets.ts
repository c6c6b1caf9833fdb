/** Init script: a test closes all sockets of the page by `window.cutSockets()`, as a network does. */
export const CUTTABLE_SOCKETS = `
  const sockets = [];
  window.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      sockets.push(this);
    }
  };
  window.cutSockets = () => { for (const socket of sockets.splice(0)) socket.close(); };
`;

declare global {
  interface Window {
    cutSockets(): void;
  }
}
