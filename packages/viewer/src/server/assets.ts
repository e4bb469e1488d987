import { appFiles } from '@slm-audit/viewer/app-files'
import { kept } from './kept.ts'

/** What browsers may do with the page: load its own files, ask its own server, and nothing else. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' blob:",
  "media-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'"
].join('; ')

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store'
}

const TYPES: { readonly [ending: string]: string } = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8'
}

/** A leaf on its branch. */
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M8 1v14M8 9 4 5M8 7l4-3" stroke="#4f46e5" stroke-width="2" fill="none" stroke-linecap="round"/></svg>`

/**
 * A file of the page. Every other address is the page itself, which reads its state from it. `base` is
 * where the viewer is mounted.
 */
export async function assets(path: string, base: string): Promise<Response> {
  const type = TYPES[/^\/[\w-]+\.(\w+)$/.exec(path)?.[1] ?? '']
  const all = type === undefined ? undefined : await filesOfPage()
  if (type !== undefined && all && Object.hasOwn(all, path)) {
    return new Response(all[path], { headers: { ...HEADERS, 'content-type': type } })
  }
  if (path === '/icon.svg') {
    return new Response(ICON, { headers: { ...HEADERS, 'content-type': 'image/svg+xml' } })
  }
  if (/\.\w+$/.test(path)) return new Response('not found\n', { status: 404, headers: HEADERS })
  return new Response(pageAt(base), {
    headers: { ...HEADERS, 'content-type': 'text/html; charset=utf-8' }
  })
}

function pageAt(base: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>slm-audit</title>
<link rel="stylesheet" href="${base}/style.css">
<link rel="icon" href="${base}/icon.svg">
</head>
<body data-base="${base}">
<div id="app"><p class="noscript">Loading…</p></div>
<noscript>The viewer needs JavaScript. slm-audit list and slm-audit show say the same in a terminal.</noscript>
<script type="module" src="${base}/app.js"></script>
</body>
</html>
`
}

const filesOfPage = kept(appFiles)
