import { useComputed, useSignal, useSignalEffect } from '@preact/signals'
import type { ComponentChildren, VNode } from 'preact'
import type { CallView } from '../../server/call-view.ts'
import { askCall } from '../api.ts'
import { rows } from '../state/calls.ts'
import { neighbours } from '../state/keys.ts'
import { hrefOf } from '../state/route.ts'
import { curlOf } from '../text/curl.ts'

interface Props {
  readonly id: string
  readonly children: (call: CallView) => ComponentChildren
}

/** Loads a call and shows it; again when its row in the list changes. */
export function LoadedCall({ id, children }: Props): VNode {
  const call = useSignal<CallView | undefined>(undefined)
  const problem = useSignal('')
  const wanted = useSignal(id)
  wanted.value = id
  const stage = useComputed(
    () => rows.value.find(({ index }) => String(index) === wanted.value)?.stage
  )
  useSignalEffect(() => {
    const mine = wanted.value
    // A call that ends while it is looked at is read again.
    void stage.value
    askCall(mine).then(
      (found) => {
        if (wanted.value !== mine) return
        call.value = found
        problem.value = ''
        neighbours.value = around(found)
      },
      (error: Error) => {
        if (wanted.value === mine) problem.value = error.message
      }
    )
  })
  if (problem.value !== '') {
    return (
      <p class="wrong" role="alert">
        {problem.value} <a href={hrefOf({ screen: 'calls' })}>← Calls</a>
      </p>
    )
  }
  return <>{call.value === undefined ? null : children(call.value)}</>
}

function around({ neighbours: found, record, contents }: CallView) {
  const session = record.context?.session
  const [before, after] = found ? [found.ids[found.place - 1], found.ids[found.place + 1]] : []
  return {
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    ...(session !== undefined && { session }),
    curl: () => curlOf(record, contents)
  }
}
