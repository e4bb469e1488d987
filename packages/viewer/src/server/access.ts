import { createHash, timingSafeEqual } from 'node:crypto'

/** Who may ask, as `ViewerOptions` says it. */
export interface Access {
  readonly base: string
  readonly token: string | undefined
  readonly hosts: readonly string[] | undefined
}

/** Ports share cookies: each viewer has a name of its own for its cookie. */
function cookieName(token: string): string {
  return `slm_audit_${createHash('sha256').update(token).digest('hex').slice(0, 12)}`
}

/**
 * The answer to a request that may not be answered; `undefined` for one that may. A token in the address
 * becomes a cookie, and leaves the address at once.
 */
export function admit(access: Access, request: Request, url: URL): Response | undefined {
  const { base, token, hosts } = access
  if (base !== '' && url.pathname !== base && !url.pathname.startsWith(`${base}/`)) {
    return refusal(404, 'this address is not one of the viewer')
  }
  const host = request.headers.get('host') ?? url.host
  if (hosts && !hosts.includes(host)) {
    return refusal(
      403,
      `this viewer is not for ${JSON.stringify(host)}; open the address that it printed`
    )
  }
  const site = request.headers.get('sec-fetch-site') ?? 'none'
  const isNavigation = request.headers.get('sec-fetch-mode') === 'navigate'
  const isForeign = site === 'cross-site' || site === 'same-site'
  if (isForeign && !(isNavigation && request.method === 'GET')) {
    return refusal(403, 'another site may not ask this viewer')
  }
  if (request.method !== 'GET' && site !== 'same-origin') {
    return refusal(403, 'only the page of the viewer may ask this')
  }
  return token === undefined ? undefined : checkToken(token, base, request, url)
}

function checkToken(token: string, base: string, request: Request, url: URL): Response | undefined {
  const given = url.searchParams.get('token')
  if (given !== null) {
    if (!isSame(given, token)) return refusal(401, 'this token is not that of the viewer')
    url.searchParams.delete('token')
    const cookie = `${cookieName(token)}=${token}; HttpOnly; SameSite=Strict; Path=${base || '/'}`
    const headers = { location: url.pathname + url.search, 'set-cookie': cookie }
    return new Response(null, { status: 303, headers })
  }
  const kept = new RegExp(`(?:^|; )${cookieName(token)}=([^;]*)`).exec(
    request.headers.get('cookie') ?? ''
  )?.[1]
  if (kept !== undefined && isSame(kept, token)) return undefined
  return refusal(401, 'open the whole address that slm-audit ui printed, with its token')
}

function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}

function refusal(status: number, text: string): Response {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }
  return new Response(`${text}\n`, { status, headers })
}
