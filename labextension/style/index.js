import './suggestion.css';
import './status.css';
