/** An answer that no cache keeps: what a log says is for whoever asked. */
export function json(value: unknown, status = 200): Response {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' }
  return new Response(JSON.stringify(value), { status, headers })
}
