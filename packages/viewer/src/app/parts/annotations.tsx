import { useSignal } from '@preact/signals'
import { annotationText, type CallAnnotation } from '@slm-audit/core/reader'
import type { VNode } from 'preact'
import type { CallView } from '../../server/call-view.ts'
import { annotate } from '../api.ts'
import { log } from '../state/log.ts'
import { Visible } from '../text/visible.tsx'
import { counted, momentWord } from '../text/words.ts'

/** What was said about a call, and where it can be: a form to say more. */
export function Annotations({ call }: { readonly call: CallView }): VNode {
  const { annotations = [], auditId } = call
  const added = useSignal<readonly Pick<CallAnnotation, 'at' | 'says' | 'kinds'>[]>([])
  const problem = useSignal('')
  const note = useSignal('')
  const say = async (annotation: { readonly [name: string]: string }): Promise<void> => {
    problem.value = ''
    try {
      await annotate(auditId, annotation)
      added.value = [...added.value, { at: new Date().toISOString(), says: annotation, kinds: [] }]
      note.value = ''
    } catch (error) {
      problem.value = (error as Error).message
    }
  }
  const all = [...annotations, ...added.value]
  return (
    <details class="annotations" open={all.length > 0}>
      <summary>{counted(all.length, 'annotation')}</summary>
      <ul>
        {all.map(({ at, says, kinds }) => (
          <li key={at + JSON.stringify(says)}>
            <span class="faint">{momentWord(at)}</span>{' '}
            <Visible text={annotationText(says, kinds)} />
          </li>
        ))}
      </ul>
      {log.value?.canAnnotate ? (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            if (note.value.trim() !== '') void say({ note: note.value.trim() })
          }}
        >
          <button type="button" onClick={() => void say({ feedback: 'up' })}>
            ↑ good
          </button>
          <button type="button" onClick={() => void say({ feedback: 'down' })}>
            ↓ bad
          </button>
          <input
            aria-label="A note"
            placeholder="A note"
            value={note.value}
            onInput={(event) => {
              note.value = event.currentTarget.value
            }}
          />
          <button type="submit">add</button>
        </form>
      ) : (
        <p class="faint">
          <code>slm-audit annotate</code> and <code>log.annotate</code> add some.
        </p>
      )}
      {problem.value !== '' && (
        <p class="wrong" role="alert">
          {problem.value}
        </p>
      )}
    </details>
  )
}
