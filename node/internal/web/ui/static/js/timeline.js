import './frame.js';
import {follow} from './care/care.js';

follow('status-card');
