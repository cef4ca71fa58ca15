import './suggestion.css';
