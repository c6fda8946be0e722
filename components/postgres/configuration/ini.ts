/** Values of one section in the order in which they are written. */
export type Section = Readonly<Record<string, string | number>>;

/** Text of an INI file; sections and values keep their order, and empty sections are left out. */
export const iniText = (sections: Readonly<Record<string, Section>>): string =>
  Object.entries(sections)
    .filter(([, values]) => Object.keys(values).length > 0)
    .map(([name, values]) =>
      [`[${name}]`, ...Object.entries(values).map(([key, value]) => `${key} = ${value}`), ""].join("\n"),
    )
    .join("\n");
