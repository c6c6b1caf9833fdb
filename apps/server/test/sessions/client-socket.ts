import { WebSocket } from 'ws';

/** A socket of a client in the terms of our SDK, which can be cut as by the network. */
export interface ClientSocket {
  send(text: string): void;
  close(): void;
  cut(): void;
}

export function openClientSocket(
  url: string,
  listener: { opened(): void; message(text: string): void; closed(): void },
): ClientSocket {
  const socket = new WebSocket(url);
  socket.on('open', () => listener.opened());
  socket.on('message', (data) => listener.message(String(data)));
  socket.on('error', () => {});
  socket.on('close', () => listener.closed());
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => socket.close(),
    cut: () => socket.terminate(),
  };
}
