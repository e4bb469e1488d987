/** A JSON object of unknown members. */
export type Fields = { readonly [name: string]: unknown }

/** What a format answers: a body, or the pieces of a streamed one with their content type. */
export type Answer =
  | { readonly body: unknown }
  | { readonly contentType: string; readonly pieces: readonly string[] }
