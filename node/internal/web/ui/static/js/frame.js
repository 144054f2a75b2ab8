// What every page does. A page's own module imports it first.
