/** A plain page for when there is nothing better to show. The texts are ours and hold no input. */
export function page(title: string, text: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} · Amphi</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1.5rem;color:#222}
@media(prefers-color-scheme:dark){body{background:#111;color:#eee}}</style></head>
<body><h1>${title}</h1><p>${text}</p></body>
</html>
`;
}
