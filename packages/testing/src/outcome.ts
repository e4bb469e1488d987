/** What came of something that an application did. */
export type Outcome = { readonly returned: unknown } | { readonly threw: unknown }

/** Runs code and tells what it returned, or what the error that it threw shows to an application. */
export async function outcomeOf(run: () => unknown): Promise<Outcome> {
  try {
    return { returned: await run() }
  } catch (error) {
    return { threw: describeError(error) }
  }
}

/**
 * What an application can tell errors apart by: class, name, message, own members that are plain
 * values (status, code, request id, …), and the same of the causes.
 */
export function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const own = Object.entries(error).filter(
    ([, value]) => value === null || ['string', 'number', 'boolean'].includes(typeof value)
  )
  return {
    class: error.constructor.name,
    name: error.name,
    message: error.message,
    ...Object.fromEntries(own),
    ...(error.cause !== undefined && { cause: describeCause(error.cause) })
  }
}

/** Some clients give a stack as the cause, which says where in a test the call was made. */
function describeCause(cause: unknown): unknown {
  return typeof cause === 'string' ? cause.split(/\n\s+at /)[0] : describeError(cause)
}

/** Reads a stream to its end; what came before an error stays in `into`. */
export async function collect(
  source: AsyncIterable<unknown>,
  into: unknown[] = []
): Promise<unknown[]> {
  for await (const item of source) into.push(item)
  return into
}
