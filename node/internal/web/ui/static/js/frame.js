// What every page does. A page's own module imports it first.
import {searchBox} from './pictures/searchbox.js';

searchBox();
