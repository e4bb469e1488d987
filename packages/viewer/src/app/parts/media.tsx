import type { VNode } from 'preact'
import type { CallView } from '../../server/call-view.ts'
import { addressOf } from '../api.ts'
import { Visible } from '../text/visible.tsx'
import { countWord, shortDigest } from '../text/words.ts'

/** An image, sound or file of a message, by its digest. */
export interface MediaReference {
  readonly sha256: string
  readonly bytes?: number
  readonly type?: string
}

const DEEPEST = 6

/** The media that a part of a message refers to. */
export function mediaIn(value: unknown, depth = 0): MediaReference[] {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return []
  const { media } = value as { readonly media?: MediaReference }
  if (typeof media?.sha256 === 'string') return [media]
  return Object.values(value).flatMap((each) => mediaIn(each, depth + 1))
}

interface Props {
  readonly media: MediaReference
  readonly call: Pick<CallView, 'auditId' | 'contents'>
}

/** A medium as it is kept; where only its digest is, that. */
export function Media({ media: { sha256, bytes, type = '' }, call }: Props): VNode {
  const name = `media.${sha256}`
  const isKept = Object.hasOwn(call.contents, name)
  const source = addressOf('/api/media', { id: call.auditId, name })
  const size = bytes === undefined ? '' : `, ${countWord(bytes)} bytes`
  return (
    <figure class="media">
      {isKept && type.startsWith('image/') && <img src={source} alt={`as sent, ${type}`} />}
      {isKept && type.startsWith('audio/') && (
        // biome-ignore lint/a11y/useMediaCaption: what was sent has none
        <audio controls src={source} />
      )}
      <figcaption>
        <Visible text={`${type === '' ? 'file' : type}${size}`} />, sha256{' '}
        <code title={sha256}>{shortDigest(sha256)}</code>
        {!isKept && ', its bytes are not kept'}
      </figcaption>
    </figure>
  )
}
