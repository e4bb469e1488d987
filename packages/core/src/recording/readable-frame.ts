import { type BodyChunk, exactText, joinBytes } from '../base/bytes.ts'
import type { Content } from '../record/sealed-record.ts'
import type { CarriedFrame } from './frame.ts'
import type { PartFacts } from './frame-facts.ts'

/** A frame as a carrier gives it; its body may be in pieces. */
export interface ReadableFrame extends Omit<CarriedFrame, 'body'> {
  readonly body?: Uint8Array | readonly BodyChunk[]
}

/** The pieces of a frame's body. */
export function bodyOf({ body = [] }: ReadableFrame): readonly BodyChunk[] {
  return body instanceof Uint8Array ? [body] : body
}

/** A content that travelled by itself, such as an image. */
export function contentOf(
  { name, type }: NonNullable<PartFacts['content']>,
  body: readonly BodyChunk[]
): Content {
  return { name, type, body: type.startsWith('text/') ? exactText(body) : joinBytes(body) }
}
