/** Classes of the Web platform that a runtime, or a test of an application, may lack. */
interface WebClasses {
  readonly Request: Request
  readonly FormData: FormData
  readonly Blob: Blob
  readonly URLSearchParams: URLSearchParams
  readonly Headers: Headers
  readonly Response: Response
  readonly ReadableStream: ReadableStream<unknown>
}

/** Whether a value is an instance of a class of the runtime's; of one that is not there nothing is. Never throws. */
export function isInstance<Name extends keyof WebClasses>(
  value: unknown,
  name: Name
): value is WebClasses[Name] {
  const found: unknown = Reflect.get(globalThis, name)
  try {
    return typeof found === 'function' && value instanceof found
  } catch {
    return false
  }
}
