import { useSignal, useSignalEffect } from '@preact/signals'
import type { VNode } from 'preact'
import { askCalls } from '../api.ts'
import { isLoading, problem } from '../state/calls.ts'
import { hrefOf, listOf, route } from '../state/route.ts'
import { wordsIn } from '../text/filter-words.ts'
import { counted } from '../text/words.ts'

/** What stands in the place of rows where there are none. */
export function NoRows(): VNode {
  const { q } = route.value
  if (isLoading.value) return <Skeleton />
  if (problem.value) return <div class="rows" />
  if (q !== '') return <NoMatch key={q} q={q} />
  return (
    <div class="empty">
      <p>No calls yet. Wrap a client and ask it something:</p>
      <pre>{`const log = await createAuditLog()
const openai = wrapOpenAI(new OpenAI(), log)
await openai.chat.completions.create({ model, messages })`}</pre>
      <p class="faint">The call appears here by itself.</p>
    </div>
  )
}

/** Lines in the place of rows; the style shows them once loading takes long. */
function Skeleton(): VNode {
  return (
    <div class="rows skeleton" aria-busy="true">
      {Array.from({ length: 12 }, (_, place) => (
        <div key={place} />
      ))}
    </div>
  )
}

/** Says which word of a filter leaves no call, and how many there are without it. */
function NoMatch({ q }: { readonly q: string }): VNode {
  const offers = useSignal<
    readonly { readonly word: string; readonly rest: string; readonly calls: string }[]
  >([])
  useSignalEffect(() => {
    void without(q).then((found) => {
      offers.value = found
    })
  })
  return (
    <div class="empty">
      <p>No call matches.</p>
      {offers.value.map(({ word, rest, calls }) => (
        <p key={word}>
          Without <code>{word}</code> there {calls === '1 call' ? 'is' : 'are'}{' '}
          <a href={hrefOf(listOf(rest))}>{calls}</a>.
        </p>
      ))}
      <p>
        <a href={hrefOf(listOf(''))}>Show all calls</a>
      </p>
    </div>
  )
}

const MOST = 6

async function without(q: string) {
  const words = wordsIn(q)
  if (words.length < 2 || words.length > MOST || /\b(OR|NOT)\b|[()]/.test(q)) return []
  const found = await Promise.all(
    words.map(async (word, place) => {
      const rest = words.filter((_, at) => at !== place).join(' ')
      const { items, cursor } = await askCalls(rest).catch(() => ({ items: [], cursor: undefined }))
      const calls = cursor === undefined ? counted(items.length, 'call') : `${items.length}+ calls`
      return { word, rest, calls, isSome: items.length > 0 }
    })
  )
  return found.filter(({ isSome }) => isSome)
}
