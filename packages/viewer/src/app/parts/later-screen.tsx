import { useSignal, useSignalEffect } from '@preact/signals'
import type { FunctionComponent, VNode } from 'preact'

/** A screen whose code is loaded when it is shown first. */
export function LaterScreen({ load }: { readonly load: () => Promise<FunctionComponent> }): VNode {
  const screen = useSignal<{ readonly Shown: FunctionComponent } | undefined>(undefined)
  const problem = useSignal('')
  useSignalEffect(() => {
    load().then(
      (Shown) => {
        screen.value = { Shown }
      },
      (error: Error) => {
        problem.value = error.message
      }
    )
  })
  if (problem.value !== '') {
    return (
      <main>
        <p class="wrong" role="alert">
          This part of the page could not be loaded ({problem.value}). Load the page again.
        </p>
      </main>
    )
  }
  return screen.value ? <screen.value.Shown /> : <main aria-busy="true" />
}
