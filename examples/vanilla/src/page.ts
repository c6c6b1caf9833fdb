/** @throws when the page has no such element */
export function element<T extends HTMLElement>(id: string, type: abstract new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`index.html has no ${type.name} #${id}`);
  return found;
}

/** The inputs of a form by name. */
export function fieldsOf(form: HTMLFormElement): (name: string) => HTMLInputElement {
  return (name) => {
    const field = form.elements.namedItem(name);
    if (!(field instanceof HTMLInputElement)) throw new Error(`#${form.id} has no input ${name}`);
    return field;
  };
}
