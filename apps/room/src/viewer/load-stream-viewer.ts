/** Loads the player with its engine; called early by pages that will need it. */
export async function loadStreamViewer() {
  const { StreamViewer } = await import('./stream-viewer.tsx');
  return { default: StreamViewer };
}
