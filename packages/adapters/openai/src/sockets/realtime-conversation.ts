import { type CallRequest, isObject, textMember } from '@slm-audit/core/adapter'
import { readRequest } from '../read-request.ts'

type Fields = { readonly [name: string]: unknown }

/** What a realtime session knows when it answers: how it is set, and what was said, as its server tells it. */
export class RealtimeConversation {
  readonly #url: URL
  readonly #items = new Map<unknown, Fields>()
  #session: Fields = {}

  constructor(url: URL) {
    this.#url = url
  }

  /** Takes in one event of the server. */
  step(event: Fields): void {
    const { type, session, item, item_id: id } = event
    const [, what] = /^conversation\.item\.(created|added|done|retrieved)$/.exec(String(type)) ?? []
    // A socket that was connected anew has a session that knows nothing of what was said in the one before.
    if (type === 'session.created') this.#items.clear()
    if (isObject(session)) this.#session = session
    else if (what !== undefined && isObject(item)) this.#put(item, event.previous_item_id)
    else if (type === 'conversation.item.deleted') this.#items.delete(id)
    else if (type === 'conversation.item.input_audio_transcription.completed') {
      this.#transcribed(id, event)
    }
  }

  /** What an answer is asked with: the conversation so far, unless the request has an input of its own. */
  request(asked: unknown): CallRequest {
    const { id, model, object: _object, type: _type, ...session } = this.#session
    const { client_secret: _key, expires_at: _until, ...settings } = session
    const own = isObject(asked) ? asked : {}
    const input = own.input ?? [...this.#items.values()]
    const named = model ?? this.#url.searchParams.get('model')
    const body = { ...textMember('model', named), ...settings, ...own, input, stream: true }
    const request = readRequest('chat', ['input', 'instructions'], body, this.#url)
    return { ...request, ...textMember('conversation', id) }
  }

  #put(item: Fields, before: unknown): void {
    const isNew = !this.#items.has(item.id)
    this.#items.set(item.id, { ...this.#items.get(item.id), ...item })
    if (!isNew || !this.#items.has(before)) return
    // It stands behind the one before it, whichever came first.
    const ordered = [...this.#items].slice(0, -1)
    const at = ordered.findIndex(([id]) => id === before) + 1
    if (at === ordered.length) return
    for (const [id, each] of ordered.slice(at)) {
      this.#items.delete(id)
      this.#items.set(id, each)
    }
  }

  #transcribed(id: unknown, { content_index: at, transcript }: Fields): void {
    const item = this.#items.get(id)
    if (!item || !Array.isArray(item.content)) return
    const content = item.content.map((part: unknown, index) =>
      index === at && isObject(part) ? { ...part, transcript } : part
    )
    this.#items.set(id, { ...item, content })
  }
}
